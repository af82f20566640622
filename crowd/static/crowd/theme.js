// Before the first paint: the reader's own choice of light or dark. A classic script, so that nothing flashes.
(() => {
  try {
    const theme = localStorage.getItem("crowd:theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // no storage: the system's choice holds
  }
})();

// The contact sheet: how many are chosen, and all or none of them at once.

const form = document.getElementById("sheet");

if (form) {
  const boxes = [...form.querySelectorAll('input[name="conflict"]')];
  const part = (name) => form.querySelector(`[data-part="${name}"]`);

  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    part("count").textContent = chosen;
    part("accept").disabled = !chosen;
  };

  part("all").addEventListener("click", () => {
    const wanted = !boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = wanted; });
    show();
  });
  form.addEventListener("change", show);
  show();
}

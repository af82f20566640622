// What is through already, kept in this browser, so that the same files chosen after a reload are not sent again.

const STORE = "through";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("crowd-uploads", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Forbidden or full, the page works without it: the server tells what it has.
export async function createLedger(project) {
  const known = new Set();
  let db = null;
  try {
    db = await opened();
    const range = IDBKeyRange.bound(`${project}/`, `${project}/\uffff`);
    const keys = await new Promise((resolve, reject) => {
      const request = db.transaction(STORE).objectStore(STORE).getAllKeys(range);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const key of keys) known.add(key.slice(project.length + 1));
  } catch {
    db = null;
  }
  return {
    known,
    remember(key) {
      known.add(key);
      try {
        db?.transaction(STORE, "readwrite").objectStore(STORE).put(Date.now(), `${project}/${key}`);
      } catch {
        db = null;
      }
    },
  };
}

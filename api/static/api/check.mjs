// The file stays with its reader: the browser works out its SHA-256, and only that is asked about.

const form = document.querySelector("form.fields");
const file = form.querySelector("#file");
const unreadable = form.querySelector("#unreadable");

const hex = (digest) =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");

// A browser has no Web Crypto on a page that did not come by HTTPS: there the hash is typed.
if (globalThis.crypto?.subtle) {
  form.querySelector("#pick").hidden = false;
} else {
  form.querySelector("details").open = true;
}

file.addEventListener("change", async () => {
  unreadable.hidden = true;
  const [chosen] = file.files;
  if (!chosen) return;
  try {
    form.elements.sha256.value = hex(await crypto.subtle.digest("SHA-256", await chosen.arrayBuffer()));
  } catch {
    unreadable.hidden = false;
    return;
  }
  form.submit();
});

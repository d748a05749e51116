// @ts-check
/**
 * Files that come by themselves: dropped on an element, or pasted into it.
 */

/**
 * @param {HTMLElement | Document} root
 * @param {(file: File) => void} onFile
 */
export function receiveFiles(root, onFile) {
  /** @param {DataTransfer | null} carried */
  const first = (carried) => Array.from(carried?.files ?? [])[0];
  const target = /** @type {HTMLElement} */ (root);
  // Without this, the browser leaves the page and opens the file itself.
  target.addEventListener('dragover', (event) => event.preventDefault());
  target.addEventListener('drop', (event) => {
    event.preventDefault();
    const file = first(event.dataTransfer);
    if (file) onFile(file);
  });
  target.addEventListener('paste', (event) => {
    const file = first(event.clipboardData);
    if (file) onFile(file);
  });
}

/**
 * Hand a text to the person as a file.
 *
 * @param {string} text
 * @param {string} name
 */
export function save(text, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
  link.download = name;
  link.click();
  // Not at once: the browser has yet to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

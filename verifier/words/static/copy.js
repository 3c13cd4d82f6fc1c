// A button that copies the text of an element. Without this file the button stays hidden, and the text can be selected.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent.trim().replace(/[ \t\n]+/g, " ");
    await navigator.clipboard.writeText(text);
    button.textContent = button.dataset.done;
  });
}

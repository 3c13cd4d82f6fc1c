// A button that copies the text of an element, or what a field holds. Without this file the button stays hidden, and the text can be selected.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim().replace(/[ \t\n]+/g, " "));
    button.textContent = button.dataset.done;
  });
}

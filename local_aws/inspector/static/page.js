// What every page shares: large text, copying, opening, the keyboard. Without it the pages work, by links and forms.
import { followList } from "/static/list.js";
import { listenToKeys } from "/static/keys.js";

const large = document.getElementById("large");
const isLarge = () => document.documentElement.classList.contains("large");
large.hidden = false;
large.setAttribute("aria-pressed", isLarge());
large.addEventListener("click", () => {
  document.documentElement.classList.toggle("large");
  localStorage.setItem("large", isLarge() ? "yes" : "no");
  large.setAttribute("aria-pressed", isLarge());
});

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy) ?? button.parentElement.querySelector("pre");
  await navigator.clipboard.writeText(source.textContent);
  const label = button.textContent;
  button.textContent = button.dataset.copied;
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
  }, 1200);
}

for (const link of document.querySelectorAll("[data-open], [data-break]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    openChange("break" in link.dataset);
  });
}

// Opens the form. To break a call, its last character becomes the next one.
function openChange(broken) {
  const form = document.getElementById("change");
  const target = document.getElementById("target");
  form.open = true;
  if (broken) {
    const last = target.value.at(-1);
    target.value = target.value.slice(0, -1) + (/[a-y0-8]/i.test(last) ? String.fromCharCode(last.charCodeAt(0) + 1) : `${last}x`);
  }
  form.scrollIntoView({ block: "center" });
  target.focus();
}

if (location.hash === "#change") openChange(false);
const list = document.getElementById("list");
if (list) followList(list);
listenToKeys(list);

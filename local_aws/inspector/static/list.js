// The list follows the stand-in: a row for each request as it comes. It greys when the stand-in is gone, and never blanks.
const GONE_MILLISECONDS = 4000;
const MAX_ROWS = 200;

export function followList(list) {
  const bar = document.getElementById("bar");
  const filter = document.getElementById("filter");
  const source = new EventSource(list.dataset.stream);
  let timer;

  source.onopen = () => {
    clearTimeout(timer);
    timer = undefined;
    bar.hidden = true;
    list.classList.remove("gone");
  };
  source.onerror = () => {
    timer ??= setTimeout(() => say(bar.dataset.gone), GONE_MILLISECONDS);
    if (!list.classList.contains("gone")) say(bar.dataset.reconnecting, false);
  };
  source.onmessage = (event) => {
    const { id, html } = JSON.parse(event.data);
    put(id, html);
    apply();
  };
  source.addEventListener("restarted", () => {
    for (const row of list.children) {
      row.classList.add("old");
      row.title = list.dataset.before;
      row.querySelector("a").removeAttribute("href");
    }
  });

  function say(text, gone = true) {
    bar.textContent = text;
    bar.hidden = false;
    list.classList.toggle("gone", gone);
  }

  function put(id, html) {
    const row = document.createRange().createContextualFragment(html).firstElementChild;
    const before = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (before) return before.replaceWith(row);
    document.getElementById("example")?.remove();
    document.getElementById("tools").hidden = false;
    row.classList.add("new");
    list.prepend(row);
    if (list.children.length > MAX_ROWS) list.lastElementChild.remove();
  }

  function apply() {
    const text = filter.value.trim().toLowerCase();
    let shown = 0;
    for (const row of list.children) {
      row.hidden = !row.textContent.toLowerCase().includes(text);
      shown += row.hidden ? 0 : 1;
    }
    document.getElementById("no-match").hidden = shown > 0 || list.children.length === 0;
  }

  filter.hidden = false;
  filter.addEventListener("input", apply);
  document.querySelector("[data-try]").addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new URLSearchParams({ call: event.submitter.value });
    fetch("/send", { method: "POST", body, redirect: "manual" }).catch(() => say(bar.dataset.gone));
  });
}

// j and k move through the list, Enter opens (as on any link), Esc goes back, / filters. A field keeps its keys.
export function listenToKeys(list) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target.closest("input, textarea, select");
    if (event.key === "Escape") return field ? leave(field) : back();
    if (field) return;
    if (event.key === "/" && list) {
      event.preventDefault();
      document.getElementById("filter").focus();
    }
    if (list && "jk".includes(event.key)) move(event.key === "j" ? 1 : -1);
  });

  function leave(field) {
    if (field.id === "filter") {
      field.value = "";
      field.dispatchEvent(new Event("input"));
    }
    field.blur();
  }

  function back() {
    document.querySelector("[data-back]")?.click();
  }

  function move(step) {
    const links = [...list.querySelectorAll(".row:not([hidden]) a")];
    const here = links.indexOf(document.activeElement);
    links[Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
  }
}

// The large text for a projector, before the page is painted. The choice stays in this browser.
document.documentElement.classList.toggle("large", localStorage.getItem("large") === "yes");

/* From moment to moment with one key, for somebody with twelve submissions left. */
if (player) {
  const links = Array.from(document.querySelectorAll("main a.play"));
  const byTime = links.slice().sort((a, b) => seconds(a, "from") - seconds(b, "from"));
  const status = document.getElementById("at-moment");
  let here = null;

  const name = (link) => {
    const card = link.closest("[data-name]");
    return card ? card.dataset.name : "";
  };

  const told = (link) => {
    here = link;
    const label = link.parentElement.querySelector("div");
    status.textContent = `${link.textContent.trim()}. ${name(link)} ${label ? label.firstChild.textContent.trim() : ""}`;
  };

  const go = (step) => {
    /* What is folded away is left out: it is there for those who open it. */
    const order = byTime.filter((each) => !each.closest("details:not([open])"));
    if (!order.length) return;
    const last = order.indexOf(here);
    const next = last < 0 ? (step > 0 ? 0 : order.length - 1) : (last + step + order.length) % order.length;
    const link = order[next];
    link.focus({ preventScroll: true });
    link.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    link.click();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("main a.play");
    if (link) told(link);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select")) return;
    if (event.key === "n") go(1);
    else if (event.key === "p") go(-1);
    else if (event.key === " " && !event.target.matches("video, audio, button, summary")) {
      if (player.paused) player.play().catch(() => {});
      else player.pause();
    } else return;
    event.preventDefault();
  });
}

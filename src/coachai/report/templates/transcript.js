/* The transcript follows the video; a click or the arrow keys and Enter go the other way. */
{
  const box = document.querySelector(".scroll");
  const follow = document.getElementById("follow");
  const sentences = box ? Array.from(box.querySelectorAll(".s")) : [];
  const starts = sentences.map((each) => seconds(each, "from"));
  let now = -1;
  let handsOff = 0; /* until when (ms) the reader scrolls by hand */

  const at = (time) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= time + 0.05) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  const show = (index) => {
    if (index === now) return;
    if (sentences[now]) sentences[now].classList.remove("now");
    now = index;
    const sentence = sentences[now];
    if (!sentence) return;
    sentence.classList.add("now");
    if (!follow.checked || performance.now() < handsOff) return;
    const offset = sentence.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (offset > 8 && offset < box.clientHeight * 0.6) return;
    box.scrollTo({ top: box.scrollTop + offset - box.clientHeight * 0.3, behavior: calm ? "auto" : "smooth" });
  };

  if (player && sentences.length) {
    for (const event of ["timeupdate", "seeking"]) player.addEventListener(event, () => show(at(player.currentTime)));
    for (const event of ["wheel", "touchmove"]) {
      box.addEventListener(event, () => { handsOff = performance.now() + 6000; }, { passive: true });
    }
    /* One stop for the Tab key, then arrows: a lesson has too many sentences to tab through. */
    const reach = (index) => {
      const sentence = sentences[Math.min(Math.max(index, 0), sentences.length - 1)];
      sentence.tabIndex = -1;
      sentence.setAttribute("role", "button");
      sentence.focus();
    };
    box.addEventListener("keydown", (event) => {
      const here = sentences.indexOf(document.activeElement);
      const from = here >= 0 ? here : Math.max(now, 0) - (event.key === "ArrowDown" && now < 0 ? 1 : 0);
      if (event.key === "ArrowDown") reach(from + 1);
      else if (event.key === "ArrowUp") reach(from - 1);
      else if (event.key === "Home") reach(0);
      else if (event.key === "End") reach(sentences.length - 1);
      else if ((event.key === "Enter" || event.key === " ") && here >= 0) playFrom(starts[here], NaN);
      else return;
      event.preventDefault();
    });
  }
}

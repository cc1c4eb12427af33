/* Playing moments. Every moment is a link to the video that works without this script; with it, the player
   on the page plays the moment and stops at its end. */
"use strict";
const player = document.getElementById("player");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
let frame = null; /* the moment that is playing: {from, to}, in seconds */

function playFrom(from, to) {
  frame = to > from ? { from, to } : null;
  player.currentTime = from;
  player.play().catch(() => {}); /* a browser may refuse to start by itself; the place is found all the same */
}

function markCurrent(link) {
  for (const old of document.querySelectorAll("a.play[aria-current]")) old.removeAttribute("aria-current");
  if (link && link.matches("a.play")) link.setAttribute("aria-current", "true");
}

function seconds(element, name) {
  return element.dataset[name] === undefined ? NaN : Number(element.dataset[name]);
}

function moveHeads(time) {
  for (const track of document.querySelectorAll(".track")) {
    const share = (time - seconds(track, "start")) / seconds(track, "span");
    const head = track.querySelector(".head");
    head.hidden = !(share >= 0 && share <= 1);
    if (!head.hidden) head.style.left = `${share * 100}%`;
  }
}

if (player) {
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-from]");
    if (target) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (target.matches(".s") && !getSelection().isCollapsed) return; /* somebody is marking text */
      event.preventDefault();
      markCurrent(target);
      playFrom(seconds(target, "from"), seconds(target, "to"));
      return;
    }
    const track = event.target.closest(".track");
    if (track) {
      const box = track.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      playFrom(Math.min(seconds(track, "start") + share * seconds(track, "span"), player.duration || Infinity), NaN);
    }
  });
  player.addEventListener("timeupdate", () => {
    const time = player.currentTime;
    moveHeads(time);
    if (frame && time >= frame.to) {
      player.pause();
      frame = null;
    }
  });
  player.addEventListener("seeking", () => {
    moveHeads(player.currentTime);
    if (frame && Math.abs(player.currentTime - frame.from) > 0.5) frame = null; /* the viewer went elsewhere */
  });
  const lost = () => { document.getElementById("lost").hidden = false; };
  player.addEventListener("error", lost);
  if (player.error) lost();
  moveHeads(0);
}
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.unfold:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-printed]")) {
    details.open = false;
    delete details.dataset.printed;
  }
});

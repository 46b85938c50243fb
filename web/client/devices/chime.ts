// How a cast learns that someone has come: a sound, the title, and a notification while the page is hidden.

let context: AudioContext | undefined;

/** How long the sound needs. */
export const CHIME_MS = 1400;

/** Browsers let a sound through only after a gesture: the first one on the page, whatever it is. */
export function prepareChime(): void {
  for (const gesture of ["click", "keydown"]) addEventListener(gesture, wake);
}

function wake(): void {
  context ??= new AudioContext();
  if (context.state !== "running") void context.resume();
}

/** Must run in a gesture too. */
export function askToNotify(): void {
  if ("Notification" in window && Notification.permission === "default")
    void Notification.requestPermission();
}

/** Every way there is to tell somebody who may be looking elsewhere. */
export function alertCast(title: string, body: string): void {
  chime();
  flashTitle(title);
  notify(title, body);
}

/** Three rising tones of a small bell. */
function chime(): void {
  if (!context) return;
  for (const [index, pitch] of [659.3, 830.6, 987.8].entries()) {
    const start = context.currentTime + index * 0.18;
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.9);
    const tone = new OscillatorNode(context, { frequency: pitch, type: "sine" });
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + 1);
  }
}

/** Flashes `text` in the title until the page is looked at, at most a minute. */
function flashTitle(text: string): void {
  const plain = document.title;
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
    const done = turns > 60 || (!document.hidden && turns > 4);
    document.title = done || turns % 2 === 0 ? plain : `● ${text}`;
    if (done) clearInterval(timer);
  }, 1000);
}

function notify(title: string, body: string): void {
  if (!document.hidden || !("Notification" in window)) return;
  if (Notification.permission !== "granted") return;
  try {
    const notification = new Notification(title, { body, tag: "talk" });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Android's Chrome allows notifications from service workers only; the sound remains.
  }
}

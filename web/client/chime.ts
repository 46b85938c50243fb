// How a cast learns that someone has come: a sound, the title, and a notification while the page is hidden.

let context: AudioContext | undefined;

/** Must run in a gesture, so that the browser lets the sound through later. */
export function prepareChime(): void {
  context ??= new AudioContext();
  void context.resume();
  if ("Notification" in window && Notification.permission === "default")
    void Notification.requestPermission();
}

/** Three rising tones of a small bell, about a second. */
export function chime(): void {
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
export function flashTitle(text: string): void {
  const plain = document.title;
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
    const done = turns > 60 || (!document.hidden && turns > 4);
    document.title = done || turns % 2 === 0 ? plain : `● ${text}`;
    if (done) clearInterval(timer);
  }, 1000);
}

export function notify(title: string, body: string): void {
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

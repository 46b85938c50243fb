// How one learns that someone has come: a sound, the title, and a notification while the page is hidden.

let context: AudioContext | undefined;
let sounding: (() => void) | undefined;

/** How long the sound needs. */
export const CHIME_MS = 1400;

/** Browsers let a sound through only after a gesture: the first one on the page, whatever it is. */
export function prepareChime(): void {
  for (const gesture of ["click", "keydown"]) addEventListener(gesture, wake);
}

function wake(): void {
  context ??= watched(new AudioContext());
  if (context.state !== "running") void context.resume();
  tell();
}

/** Calls back once, as soon as this page may sound. */
export function onSound(then: () => void): void {
  sounding = then;
  tell();
}

/** Tries without a gesture: some browsers let it through where one was made a page before. */
export function trySound(): void {
  if (navigator.userActivation?.hasBeenActive !== false) wake();
  else context ??= watched(new AudioContext());
}

function watched(made: AudioContext): AudioContext {
  made.addEventListener("statechange", tell);
  return made;
}

function tell(): void {
  if (context?.state !== "running" || !sounding) return;
  const then = sounding;
  sounding = undefined;
  then();
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
  void notify(title, body, "talk", location.pathname);
}

/** The same, for what has gone wrong. */
export function warnCast(title: string, body: string): void {
  alarm();
  flashTitle(title);
  void notify(title, body, "devices", location.pathname);
}

/** Three rising tones of a small bell; nothing before a gesture. */
export function chime(): void {
  buzz([300, 150, 300]);
  if (context?.state === "running") void tune(context, context.destination);
}

/** Twice two falling tones: something of one's own doesn't work. */
export function alarm(): void {
  buzz([150, 100, 150, 100, 150]);
  wake();
  if (context) void tune(context, context.destination, [587.3, 440, 587.3, 440]);
}

/** Shakes what can be shaken, in ms on and off: not iPhones, and nothing before a gesture. */
function buzz(pattern: number[]): void {
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
}

/** Plays tones, one after the other, as a bell does; resolves when they have faded. */
export function tune(
  context: AudioContext,
  destination: AudioNode,
  pitches = [659.3, 830.6, 987.8],
): Promise<void> {
  for (const [index, pitch] of pitches.entries()) {
    const start = context.currentTime + index * 0.18;
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.9);
    const tone = new OscillatorNode(context, { frequency: pitch, type: "sine" });
    tone.connect(volume).connect(destination);
    tone.start(start);
    tone.stop(start + 1);
  }
  return new Promise((faded) => setTimeout(faded, pitches.length * 180 + 1000));
}

let plain: string | undefined;
let flashing: number | undefined;

/** Flashes `text` in the title until the page is looked at, at most a minute. */
export function flashTitle(text: string): void {
  // A second call must not take the first one's flash for the page's title.
  stopFlash();
  const title = document.title;
  plain = title;
  let turns = 0;
  flashing = window.setInterval(() => {
    turns += 1;
    if (turns > 60 || (!document.hidden && turns > 4)) stopFlash();
    else document.title = turns % 2 === 0 ? title : `● ${text}`;
  }, 1000);
}

/** Gives the page its title back. */
export function stopFlash(): void {
  clearInterval(flashing);
  if (plain !== undefined) document.title = plain;
  plain = undefined;
}

/** Shows a notification while the page is hidden; of one `tag` there is one, also by web push. */
export async function notify(
  title: string,
  body: string,
  tag: string,
  link: string,
): Promise<void> {
  if (!document.hidden || !("Notification" in window)) return;
  if (Notification.permission !== "granted") return;
  // Android's Chrome allows notifications from service workers only; the worker opens the link.
  const worker = await navigator.serviceWorker?.getRegistration("/").catch(() => undefined);
  if (worker?.active) {
    await worker.showNotification(title, { body, tag, data: link }).catch(() => undefined);
    return;
  }
  try {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // The sound remains.
  }
}

/** Takes a notification away whose matter was answered. */
export async function unnotify(tag: string): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration("/").catch(() => undefined);
  for (const shown of (await worker?.getNotifications({ tag })) ?? []) shown.close();
}

// The practice telephones of a demo site: two on one page, which ring, speak and press keys.
import { part, show } from "./dom.ts";
import { PracticeSocket } from "./practice/line.ts";
import { Phone } from "./practice/phone.ts";
import { PhoneSounds } from "./practice/sounds.ts";

const page = part(document, "telephones");
const taken = part(page, "taken");
const ask = part<HTMLButtonElement>(page, "sound-on");
const sounds = new PhoneSounds();
const line = new PracticeSocket({
  told: (about) => phones.get(about.phone)?.hear(about),
  held: (held) => {
    show(taken, !held);
    page.dataset.held = held ? "1" : "0";
    if (!held) for (const phone of phones.values()) phone.forget();
  },
});
const phones = new Map<string, Phone>();

for (const card of page.querySelectorAll<HTMLElement>("[data-phone]")) {
  const phone = new Phone(card, line, sounds, () => listenTo(phone));
  phones.set(phone.name, phone);
}

/** One is spoken with at a time: its sound is heard, and the microphone is its. */
function listenTo(chosen: Phone): void {
  for (const phone of phones.values()) phone.listen(phone === chosen);
}

ask.addEventListener("click", async () => {
  ask.disabled = true;
  const opened = await sounds.openMicrophone();
  show(part(page, "sound"), false);
  show(part(page, opened ? "microphone-on" : "microphone-off"), true);
  for (const phone of phones.values()) phone.speak();
});
part(taken, "take").addEventListener("click", () => line.open(true));
// Until then browsers let nothing sound.
for (const gesture of ["click", "keydown"]) addEventListener(gesture, () => sounds.wake());

const [first] = phones.values();
if (first) listenTo(first);
line.open(false);

// What the telephones sound like, and what they say: a microphone's sound, else a soft tone now and then.
import { tune } from "../devices/chime.ts";

const EVERY_MS = 3000;
/** A second of sound and two of silence, as Japanese telephones ring, from a telephone of its own each. */
const PITCHES: Record<string, number[]> = {
  caller: [659.3, 784, 659.3, 784],
  cast: [523.3, 659.3, 523.3, 659.3],
};
const TONE_SECONDS = 4;
const TONE_HERTZ = 440;
const TONE_LOUD = 0.05;

export class PhoneSounds {
  readonly #context = new AudioContext();
  readonly #ringing = new Map<string, number>();
  #microphone: MediaStreamTrack | undefined;

  /** Lets the page sound; must run in a gesture. */
  wake(): void {
    if (this.#context.state !== "running") void this.#context.resume();
  }

  /** Asks for the microphone; false where it can't be had. */
  async openMicrophone(): Promise<boolean> {
    this.wake();
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.#microphone = stream.getAudioTracks()[0];
    } catch {
      this.#microphone = undefined;
    }
    return this.#microphone !== undefined;
  }

  /** What a telephone says that is spoken with; null without a microphone. */
  get microphone(): MediaStreamTrack | null {
    return this.#microphone?.readyState === "live" ? this.#microphone : null;
  }

  /** What any other says: silence, with a soft tone every few seconds, so that one hears that it is there. */
  tone(): MediaStreamTrack {
    const { sampleRate } = this.#context;
    const buffer = new AudioBuffer({ length: TONE_SECONDS * sampleRate, sampleRate });
    const samples = buffer.getChannelData(0);
    const count = sampleRate / 5;
    for (let at = 0; at < count; at += 1) {
      const swell = Math.sin((Math.PI * at) / count);
      samples[at] = TONE_LOUD * swell * Math.sin((2 * Math.PI * TONE_HERTZ * at) / sampleRate);
    }
    const destination = this.#context.createMediaStreamDestination();
    const source = new AudioBufferSourceNode(this.#context, { buffer, loop: true });
    source.connect(destination);
    source.start();
    const [track] = destination.stream.getAudioTracks();
    if (!track) throw new Error("no track");
    return track;
  }

  /** Rings, or falls silent. */
  ring(phone: string, on: boolean): void {
    if (on === this.#ringing.has(phone)) return;
    clearInterval(this.#ringing.get(phone));
    this.#ringing.delete(phone);
    if (!on) return;
    const sound = () => {
      if (this.#context.state === "running")
        void tune(this.#context, this.#context.destination, PITCHES[phone]);
    };
    this.#ringing.set(phone, window.setInterval(sound, EVERY_MS));
    sound();
  }
}

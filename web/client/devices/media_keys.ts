// The system's own keys for a call: on a headset, a keyboard, a lock screen, a small window.

/** Newer than the names that the compiler knows. */
type Key = "hangup" | "togglemicrophone" | "togglecamera" | "enterpictureinpicture";
type Answers = Partial<Record<Key, (() => void) | null>>;

/** What a key does from now on; null: nothing. Each browser has some of the keys only. */
export function answerKeys(answers: Answers): void {
  for (const [key, answer] of Object.entries(answers))
    try {
      session()?.setActionHandler(key as MediaSessionAction, answer);
    } catch {
      // To ask for one that a browser hasn't is an error.
    }
}

/** What stands beside the keys, also where others can read it: so it names nobody. "" takes it away. */
export function titleKeys(title: string): void {
  const here = session();
  if (!here || !("MediaMetadata" in globalThis)) return;
  here.metadata = title === "" ? null : new MediaMetadata({ title });
}

/** What the keys show as switched on. */
export function showKeys(microphone: boolean, camera: boolean): void {
  void session()
    ?.setMicrophoneActive?.(microphone)
    ?.catch(() => {});
  void session()
    ?.setCameraActive?.(camera)
    ?.catch(() => {});
}

/** Not every browser has one, whatever the compiler says. */
function session(): MediaSession | undefined {
  return navigator.mediaSession as MediaSession | undefined;
}

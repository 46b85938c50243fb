// Keeps the screen on, where the browser can. A lock is lost with every hiding of the page.

export async function stayAwake(): Promise<void> {
  const lock = async () => {
    try {
      await navigator.wakeLock?.request("screen");
    } catch {
      // Low battery or a hidden page: the talk doesn't depend on it.
    }
  };
  document.addEventListener("visibilitychange", () => document.hidden || void lock());
  await lock();
}

// <purchase-wait>: asks whether the payment has been confirmed, and says so when it takes long.
import { maybe, show } from "../dom.ts";
import { moment } from "../time.ts";

const FIRST_MS = 700;
const LATER_MS = 3000;
const LATE_MS = 20_000;

interface State {
  state: string;
  method: string | null;
}

export class PurchaseWait extends HTMLElement {
  #timer: number | undefined;
  #since = 0;

  connectedCallback(): void {
    this.#since = moment();
    this.#again();
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.#timer);
  }

  #again(): void {
    const waited = moment() - this.#since;
    show(maybe(this, "late"), waited > LATE_MS);
    this.#timer = window.setTimeout(() => void this.#ask(), waited > LATE_MS ? LATER_MS : FIRST_MS);
  }

  async #ask(): Promise<void> {
    try {
      const headers = { Accept: "application/json" };
      const response = await fetch(this.dataset.url ?? "", { headers });
      if (response.ok) {
        const { state, method } = (await response.json()) as State;
        if (state !== this.dataset.state || (method ?? "") !== this.dataset.method) {
          this.dispatchEvent(new CustomEvent("settled", { bubbles: true }));
          return;
        }
      }
    } catch {
      // The network may be back by the next time.
    }
    if (this.isConnected) this.#again();
  }
}

customElements.define("purchase-wait", PurchaseWait);

// <card-payment>: Stripe's own form for cards and convenience stores, within our page or panel.
import { part, show, write } from "./dom.ts";

interface Refusal {
  message?: string;
}
interface Answer {
  error?: Refusal;
  paymentIntent?: { status: string };
}
interface Elements {
  create(kind: "payment"): {
    mount(where: HTMLElement): void;
    on(event: string, then: () => void): void;
  };
}
interface Stripe {
  elements(options: object): Elements;
  confirmPayment(options: object): Promise<Answer>;
  handleNextAction(options: { clientSecret: string }): Promise<Answer>;
}

declare global {
  interface Window {
    Stripe?: (key: string, options: object) => Stripe;
  }
}

const SCRIPT = "https://js.stripe.com/v3/";
let loading: Promise<void> | undefined;

/** Stripe's script comes only when somebody pays, and always from Stripe. */
function load(): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = SCRIPT;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => {
      loading = undefined;
      reject(new Error("stripe.js"));
    });
    document.head.append(script);
  });
  return loading;
}

export class CardPayment extends HTMLElement {
  #stripe: Stripe | undefined;
  #elements: Elements | undefined;

  connectedCallback(): void {
    part(this, "pay").addEventListener("click", () => void this.#pay());
    void this.#open();
  }

  async #open(): Promise<void> {
    const { key = "", secret = "", status, locale } = this.dataset;
    try {
      await load();
      this.#stripe = window.Stripe?.(key, { locale });
      if (!this.#stripe) throw new Error("stripe.js");
      // A bank asks, or a convenience store's number is to be shown again.
      if (status === "requires_action")
        this.#took(await this.#stripe.handleNextAction({ clientSecret: secret }));
      else this.#mount(this.#stripe, secret);
    } catch {
      this.#problem(part(this, "problem").dataset.failed ?? "");
    }
  }

  #mount(stripe: Stripe, clientSecret: string): void {
    this.#elements = stripe.elements({ clientSecret, appearance: { theme: theme() } });
    const element = this.#elements.create("payment");
    const place = part(this, "element");
    place.replaceChildren();
    element.mount(place);
    element.on("ready", () => this.#busy(false));
  }

  async #pay(): Promise<void> {
    if (!this.#stripe || !this.#elements) return;
    this.#busy(true);
    this.#problem("");
    const return_url = new URL(this.dataset.done ?? "/points", location.href).href;
    const confirmParams = { return_url };
    const options = { elements: this.#elements, confirmParams, redirect: "if_required" };
    this.#took(await this.#stripe.confirmPayment(options));
  }

  /** Whether it is paid, only the server knows: the next page waits for it. */
  #took(answer: Answer): void {
    this.#busy(false);
    if (answer.error)
      this.#problem(answer.error.message ?? part(this, "problem").dataset.failed ?? "");
    else
      this.dispatchEvent(new CustomEvent("settled", { bubbles: true, detail: this.dataset.done }));
  }

  #busy(busy: boolean): void {
    part<HTMLButtonElement>(this, "pay").disabled = busy;
  }

  #problem(text: string): void {
    write(part(this, "problem"), text);
    show(part(this, "problem"), text !== "");
  }
}

function theme(): string {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe";
}

customElements.define("card-payment", CardPayment);

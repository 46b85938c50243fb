// <card-payment>: Stripe's own form for cards and convenience stores, within our page or panel.
import { part, show, write } from "../dom.ts";

interface Refusal {
  message?: string;
  payment_intent?: { status: string };
}
interface Answer {
  error?: Refusal;
}
interface Elements {
  create(
    kind: "payment",
    options: object,
  ): {
    mount(where: HTMLElement): void;
    on(event: "ready" | "loaderror", then: () => void): void;
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
const PATIENCE_MS = 20_000;
/** Nothing is left for the payer to do; the webhook says the rest. */
const SENT = /^(succeeded|processing)$/;

let loading: Promise<void> | undefined;

/** Stripe's script comes only when somebody pays, and always from Stripe. */
function load(): Promise<void> {
  loading ??= fetched().catch((problem) => {
    loading = undefined;
    throw problem;
  });
  return loading;
}

async function fetched(): Promise<void> {
  const script = document.createElement("script");
  script.src = SCRIPT;
  try {
    await new Promise<void>((resolve, reject) => {
      script.addEventListener("load", () => resolve());
      script.addEventListener("error", () => reject(new Error("stripe.js")));
      window.setTimeout(() => reject(new Error("stripe.js is late")), PATIENCE_MS);
      document.head.append(script);
    });
  } catch (problem) {
    script.remove();
    throw problem;
  }
}

export class CardPayment extends HTMLElement {
  #stripe: Stripe | undefined;
  #elements: Elements | undefined;

  connectedCallback(): void {
    part(this, "pay").addEventListener("click", () => void this.#pay());
    part(this, "again").addEventListener("click", () => void this.#open());
    void this.#open();
  }

  async #open(): Promise<void> {
    const { key = "", secret = "", status, locale } = this.dataset;
    this.#problem("");
    this.#view("opening");
    try {
      await load();
      this.#stripe ??= window.Stripe?.(key, { locale });
      if (!this.#stripe) throw new Error("stripe.js");
      if (status === "requires_action") await this.#answerBank(this.#stripe, secret);
      else this.#mount(this.#stripe, secret);
    } catch {
      this.#close();
    }
  }

  /** A saved card's bank asks something; where that fails, another way to pay is offered. */
  async #answerBank(stripe: Stripe, clientSecret: string): Promise<void> {
    const { error } = await this.#inFront(stripe.handleNextAction({ clientSecret }));
    if (!error || SENT.test(error.payment_intent?.status ?? "")) {
      this.#settled();
      return;
    }
    this.dataset.status = error.payment_intent?.status ?? this.dataset.status;
    if (this.dataset.status === "requires_action") this.#close();
    else this.#mount(stripe, clientSecret);
    this.#problem(error.message ?? this.#words("unpaid"));
  }

  #mount(stripe: Stripe, clientSecret: string): void {
    this.#elements = stripe.elements({ clientSecret, appearance: { theme: theme() } });
    const element = this.#elements.create("payment", { wallets: wallets(this.dataset.wallets) });
    const place = part(this, "element");
    place.replaceChildren();
    element.on("ready", () => this.#view("form"));
    element.on("loaderror", () => this.#close());
    element.mount(place);
  }

  async #pay(): Promise<void> {
    const [stripe, elements] = [this.#stripe, this.#elements];
    if (!stripe || !elements) return;
    this.#busy(true);
    this.#problem("");
    const confirmParams = { return_url: new URL(this.dataset.done ?? "", location.href).href };
    try {
      const asked = stripe.confirmPayment({ elements, confirmParams, redirect: "if_required" });
      const { error } = await this.#inFront(asked);
      // Paid before, with an answer that was lost on its way: no failure.
      if (!error || SENT.test(error.payment_intent?.status ?? "")) {
        this.#settled();
        return;
      }
      this.#problem(error.message ?? this.#words("unpaid"));
    } catch {
      this.#problem(this.#words("unpaid"));
    }
    this.#busy(false);
  }

  /** Whether it is paid, only the server knows: the next page waits for it. */
  #settled(): void {
    this.dispatchEvent(new CustomEvent("settled", { bubbles: true, detail: this.dataset.done }));
  }

  /** While Stripe may show a box of its own over the page, nothing may cover that. */
  async #inFront(asked: Promise<Answer>): Promise<Answer> {
    this.dispatchEvent(new CustomEvent("stripe-in-front", { bubbles: true, detail: true }));
    try {
      return await asked;
    } finally {
      this.dispatchEvent(new CustomEvent("stripe-in-front", { bubbles: true, detail: false }));
    }
  }

  #close(): void {
    this.#view("closed");
    this.#problem(this.#words("failed"));
  }

  #view(view: "opening" | "form" | "closed"): void {
    show(part(this, "opening"), view === "opening");
    show(part(this, "again"), view === "closed");
    show(part(this, "pay"), view !== "closed");
    this.#busy(view !== "form");
  }

  #busy(busy: boolean): void {
    part<HTMLButtonElement>(this, "pay").disabled = busy;
  }

  #words(name: "failed" | "unpaid"): string {
    return part(this, "problem").dataset[name] ?? "";
  }

  #problem(text: string): void {
    write(part(this, "problem-text"), text);
    show(part(this, "problem"), text !== "");
  }
}

/** The browser's wallets that the account has; for the others the page's headers have no room. */
export function wallets(shown = ""): Record<"applePay" | "googlePay" | "link", "auto" | "never"> {
  const has = new Set(shown.split(" "));
  const show = (name: string) => (has.has(name) ? "auto" : "never");
  return { applePay: show("apple_pay"), googlePay: show("google_pay"), link: show("link") };
}

function theme(): string {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe";
}

customElements.define("card-payment", CardPayment);

// A small Stripe.js for tests: what the site's pages rely on, and as strict as the real one.
// Its form and its boxes are frames of Stripe's origin; what it asks goes to Stripe's API.
(() => {
  const API = "https://api.stripe.com/v1/payment_intents";
  const FRAMES = "https://js.stripe.com/v3";
  const WALLETS = ["applePay", "googlePay", "link"];
  const OVER = {
    position: "fixed",
    inset: "0",
    "z-index": "2147483647",
    width: "100%",
    height: "100%",
    border: "0",
    background: "white",
  };

  async function ask(clientSecret, verb, fields = {}) {
    const url = `${API}/${clientSecret.split("_secret")[0]}/${verb}`;
    const body = new URLSearchParams({ client_secret: clientSecret, ...fields });
    return (await fetch(url, { method: "POST", body })).json();
  }

  function said(frame, what) {
    return new Promise((resolve) => {
      addEventListener("message", function hear({ source, data }) {
        if (source !== frame.contentWindow || data.what !== what) return;
        removeEventListener("message", hear);
        resolve();
      });
    });
  }

  /** Something over the whole page, at its end: not in the browser's top layer. */
  async function box(src) {
    const frame = document.createElement("iframe");
    frame.src = src;
    for (const [name, value] of Object.entries(OVER))
      frame.style.setProperty(name, value, "important");
    document.body.append(frame);
    await said(frame, "done");
    frame.remove();
  }

  async function act(clientSecret, intent) {
    const action = intent.next_action ?? {};
    if (intent.status !== "requires_action") return { paymentIntent: intent };
    if (action.type === "redirect_to_url") {
      location.assign(action.redirect_to_url.url);
      return new Promise(() => {});
    }
    if (action.type === "konbini_display_details") {
      await box(`${FRAMES}/voucher.html`);
      return { paymentIntent: intent };
    }
    await box(action.use_stripe_sdk.url);
    const after = await ask(clientSecret, "look");
    if (after.status !== "requires_payment_method") return { paymentIntent: after };
    const message = "お客様の認証ができませんでした。";
    const code = "payment_intent_authentication_failure";
    return { error: { type: "invalid_request_error", code, message, payment_intent: after } };
  }

  class Payment {
    value = { type: "card", number: "" };
    #heard = { ready: [], loaderror: [] };

    constructor(clientSecret, wallets) {
      this.clientSecret = clientSecret;
      this.wallets = Object.keys(wallets).filter((name) => wallets[name] === "auto");
    }

    on(event, then) {
      this.#heard[event].push(then);
      return this;
    }

    async mount(place) {
      if (!place.isConnected || place.childNodes.length) throw new Error("IntegrationError: mount");
      const frame = document.createElement("iframe");
      frame.title = "安全な支払い入力フレーム";
      const intent = await ask(this.clientSecret, "look");
      const ways = [...(intent.payment_method_types ?? []), ...this.wallets];
      frame.src = `${FRAMES}/elements-inner-payment.html?ways=${ways}`;
      frame.style.width = "100%";
      place.append(frame);
      addEventListener("message", ({ source, data }) => {
        if (source === frame.contentWindow && data.what === "changed") this.value = data.value;
      });
      await said(frame, "ready");
      const fit = intent.status === "requires_payment_method";
      for (const then of this.#heard[fit ? "ready" : "loaderror"]) then();
      this.mounted = fit;
    }
  }

  window.Stripe = (key, { locale }) => {
    if (!key.startsWith("pk_test_") || !["ja", "en"].includes(locale)) throw new Error(key);
    return {
      elements: ({ clientSecret }) => ({
        clientSecret,
        create(kind, { wallets }) {
          if (kind !== "payment") throw new Error(`IntegrationError: ${kind}`);
          for (const [name, show] of Object.entries(wallets))
            if (!WALLETS.includes(name) || !["auto", "never"].includes(show))
              throw new Error(`IntegrationError: ${name} ${show}`);
          this.payment = new Payment(clientSecret, wallets);
          return this.payment;
        },
      }),
      async confirmPayment({ elements, confirmParams, redirect }) {
        const { payment, clientSecret } = elements;
        if (!payment?.mounted || redirect !== "if_required") throw new Error("IntegrationError");
        const return_url = new URL(confirmParams.return_url).href;
        if (payment.value.type === "card" && !payment.value.number)
          return { error: { type: "validation_error", message: "カード番号に不備があります。" } };
        const answer = await ask(clientSecret, "confirm", { ...payment.value, return_url });
        return answer.error ? answer : act(clientSecret, answer);
      },
      async handleNextAction({ clientSecret }) {
        const intent = await ask(clientSecret, "look");
        if (intent.status !== "requires_action")
          return { error: { type: "invalid_request_error", payment_intent: intent } };
        return act(clientSecret, intent);
      },
    };
  };
})();

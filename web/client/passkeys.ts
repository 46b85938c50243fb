// Passkeys: the browser makes one or looks for one; its answer goes to the site in a form.

import { part, show, write } from "./dom.ts";
import { bytes, text } from "./parts/base64url.ts";

interface Named {
  id: string;
  type: PublicKeyCredentialType;
}
interface NewKey extends Omit<PublicKeyCredentialCreationOptions, "challenge" | "user"> {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials: Array<Named & PublicKeyCredentialDescriptor>;
}
interface KnownKey {
  challenge: string;
  rpId: string;
  timeout: number;
  userVerification: UserVerificationRequirement;
}

/** A form with a hidden `credential`, a button, and a place for what went wrong. */
class PasskeyForm extends HTMLElement {
  connectedCallback(): void {
    if (!("PublicKeyCredential" in window)) return;
    show(this, true);
    const form = this.#form();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#try(form);
    });
  }

  #form(): HTMLFormElement {
    return part<HTMLFormElement>(this, "passkey-form");
  }

  async #try(form: HTMLFormElement): Promise<void> {
    const problem = part(this, "passkey-problem");
    const button = part<HTMLButtonElement>(this, "passkey-begin");
    write(problem, "");
    button.disabled = true;
    try {
      const options = await this.#ask(form);
      const answer =
        this.dataset.act === "make"
          ? await made(options as NewKey)
          : await found(options as KnownKey);
      part<HTMLInputElement>(this, "passkey-answer").value = JSON.stringify(answer);
      form.submit();
    } catch (error) {
      write(problem, error instanceof Refusal ? error.message : (problem.dataset.failed ?? ""));
      button.disabled = false;
      form.removeAttribute("data-sent");
    }
  }

  /** What the browser is to make or to look for, in the site's words. */
  async #ask(form: HTMLFormElement): Promise<unknown> {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(form))
      if (name !== "credential" && typeof value === "string") fields.set(name, value);
    const response = await fetch(this.dataset.options ?? "", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: fields,
    });
    const body: unknown = await response.json();
    if (!response.ok) throw new Refusal((body as { message?: string }).message ?? "");
    return body;
  }
}

class Refusal extends Error {}

async function made(options: NewKey): Promise<unknown> {
  const credential = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: options.excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
    },
  });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey");
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    ...named(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
    },
  };
}

async function found(options: KnownKey): Promise<unknown> {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(options.challenge),
      rpId: options.rpId,
      timeout: options.timeout,
      userVerification: options.userVerification,
    },
  });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey");
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    ...named(credential),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

function named(credential: PublicKeyCredential): Record<string, string> {
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type };
}

customElements.define("passkey-form", PasskeyForm);

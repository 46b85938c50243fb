// Buying points over the picture. The site's own pages of a purchase appear in a sheet, so that
// there is one way to buy; the talk goes on beneath, and is never left.
import "../parts/card.ts";
import { maybe, part, show, write } from "../dom.ts";
import "../parts/wait.ts";
import { clock } from "../time.ts";
import { grouped, word } from "../words.ts";
import type { Face } from "./meter.ts";

const FIRST = "/points/top-up";
/** What may appear in the sheet; any other address opens beside the talk. */
const PAGES = /^\/(points\/(top-up|buy|purchases)|demo\/pay)(\/|$)/;

export class TopUp {
  readonly #sheet: HTMLDialogElement;
  readonly #page: HTMLElement;
  readonly #asked = new Set<string>();
  #last = FIRST;
  #turn = 0;

  constructor(root: HTMLElement) {
    this.#sheet = part<HTMLDialogElement>(root, "top-up-sheet");
    this.#page = part(root, "top-up-page");
    for (const way of root.querySelectorAll<HTMLElement>("[data-top-up]"))
      way.addEventListener("click", () => this.open());
    part(root, "top-up-close").addEventListener("click", () => this.#sheet.close());
    this.#page.addEventListener("click", (event) => this.#click(event));
    this.#page.addEventListener("submit", (event) => this.#submit(event));
    this.#page.addEventListener("settled", (event) => this.#settled(event as CustomEvent));
    this.#page.addEventListener("stripe-in-front", (event) => this.#giveWay(event as CustomEvent));
  }

  open(): void {
    if (!this.#sheet.open) this.#sheet.showModal();
    void this.#show(FIRST);
  }

  /** What is left is told in the sheet as well, since it may cover the meter. */
  tell(face: Face): void {
    write(part(this.#sheet, "top-up-left"), leftText(face));
  }

  #click(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link) return;
    event.preventDefault();
    const url = new URL(link.href, location.href);
    if (link.dataset.part === "after") this.#sheet.close();
    else if (url.origin === location.origin && PAGES.test(url.pathname))
      void this.#show(url.pathname + url.search);
    else window.open(url, "_blank", "noopener");
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const body = new URLSearchParams();
    const button = event.submitter as HTMLButtonElement | null;
    for (const [name, value] of new FormData(form, button)) body.set(name, String(value));
    // The same press is never sent twice at once, however fast the finger is.
    const press = body.get("press") ?? "";
    if (press && this.#asked.has(press)) return;
    this.#asked.add(press);
    void this.#show(new URL(form.action).pathname, body).finally(() => this.#asked.delete(press));
  }

  #settled(event: CustomEvent<string | null>): void {
    event.stopPropagation();
    void this.#show(event.detail ?? this.#last);
  }

  /** A modal sheet lies above all else: Stripe's box with a bank's question would be beneath it,
   * and could not be touched (stripe-js issue 599). Until it is answered the sheet is an ordinary one. */
  #giveWay(event: CustomEvent<boolean>): void {
    if (!this.#sheet.open) return;
    this.#sheet.close();
    if (event.detail) this.#sheet.show();
    else this.#sheet.showModal();
  }

  async #show(path: string, body?: URLSearchParams): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    this.#sheet.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(path, {
        method: body ? "POST" : "GET",
        ...(body && { body }),
        headers: { Accept: "text/html" },
      });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (turn !== this.#turn) return;
      const { pathname, search } = new URL(response.url);
      if (PAGES.test(pathname)) this.#last = pathname + search;
      this.#draw(page);
    } catch {
      if (turn === this.#turn) this.#fail();
    } finally {
      if (turn === this.#turn) this.#sheet.removeAttribute("aria-busy");
    }
  }

  #draw(page: Document): void {
    const main = page.querySelector("main");
    if (!main) {
      this.#fail();
      return;
    }
    this.#page.className = main.className.replace(/\bwrap\b/, "");
    this.#page.replaceChildren(...main.childNodes);
    const after = maybe(this.#page, "after");
    if (after) write(after, word("back_to_talk"));
    const title = this.#page.querySelector<HTMLElement>("h1");
    if (!title) return;
    title.tabIndex = -1;
    title.focus();
  }

  #fail(): void {
    const notice = part(this.#sheet, "top-up-problem");
    this.#page.replaceChildren(notice.cloneNode(true));
    show(this.#page.firstElementChild as HTMLElement, true);
  }
}

function leftText(face: Face): string {
  const points = grouped(face.pointsLeft ?? 0);
  if (face.leftMs === null) return word("left", { points });
  return word("left_until", { points, time: clock(face.leftMs) });
}

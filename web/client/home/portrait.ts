// Who has entered, in a picture.
import { initial } from "../names.ts";
import type { TalkEntered } from "../protocol.ts";

/** Without a portrait the first letter of the name stands for it. */
export function paint(place: HTMLElement, news: TalkEntered): void {
  if (news.caller_portrait === null) {
    const letter = document.createElement("span");
    letter.className = "portrait";
    letter.ariaHidden = "true";
    letter.textContent = initial(news.caller_name);
    place.replaceChildren(letter);
    return;
  }
  const image = new Image();
  image.className = "portrait";
  image.alt = "";
  // A photo has its own address; a drawing of the demo's has a name.
  const { caller_portrait: file } = news;
  image.src = file.startsWith("/") ? file : `/static/portraits/${file}`;
  place.replaceChildren(image);
}

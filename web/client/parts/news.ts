// What a push carries, as notify/push_service.py writes it. Read with care: it came from outside.

export interface News {
  title: string;
  body: string;
  link: string;
  tag: string;
  lang: string;
}

/** The news in a push, or null for what is none of ours. */
export function newsOf(text: string | undefined): News | null {
  let read: unknown;
  try {
    read = JSON.parse(text ?? "");
  } catch {
    return null;
  }
  if (typeof read !== "object" || read === null) return null;
  const { title, body, link, tag, lang } = read as Record<string, unknown>;
  if (typeof title !== "string" || title === "") return null;
  return { title, body: word(body), link: word(link), tag: word(tag), lang: word(lang) };
}

/** Where a notification leads: a page of this site, whatever it says. */
export function linkOf(link: unknown, origin: string): string {
  const inbox = new URL("/inbox", origin).href;
  if (typeof link !== "string" || !link.startsWith("/")) return inbox;
  // Two slashes would lead to another site.
  const url = new URL(link.replace(/^[/\\]+/, "/"), origin);
  return url.origin === origin ? url.href : inbox;
}

function word(value: unknown): string {
  return typeof value === "string" ? value : "";
}

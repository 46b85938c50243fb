// The service worker: shows what the site has to tell, and opens where it leads. It keeps one page,
// which says that there is no line: what is private stays on the server.
import { linkOf, type News, newsOf } from "./parts/news.ts";

interface Waits extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface PushNews extends Waits {
  data: { text(): string } | null;
}
interface Asked extends Waits {
  request: Request;
  preloadResponse: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}
interface Pressed extends Waits {
  notification: Notification;
}
interface Page {
  url: string;
  focus(): Promise<unknown>;
}
interface Worker {
  location: Location;
  registration: ServiceWorkerRegistration;
  clients: {
    matchAll(options: object): Promise<Page[]>;
    openWindow(url: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", listener: (event: Waits) => void): void;
  addEventListener(name: "fetch", listener: (event: Asked) => void): void;
  addEventListener(name: "push", listener: (event: PushNews) => void): void;
  addEventListener(name: "notificationclick", listener: (event: Pressed) => void): void;
}

const worker = self as unknown as Worker;

const OFFLINE = "/offline";

// Nothing of an older worker is worth waiting for; and without the page it is still good for news.
worker.addEventListener("install", (event) => {
  event.waitUntil(keepOffline().catch(() => undefined));
  event.waitUntil(worker.skipWaiting());
});

// So that no page waits for the worker to start.
worker.addEventListener("activate", (event) =>
  event.waitUntil(
    worker.registration.navigationPreload?.enable().catch(() => undefined) ?? Promise.resolve(),
  ),
);

// A form that can't be sent is left to the browser, which sends it again.
worker.addEventListener("fetch", (event) => {
  const { mode, method } = event.request;
  if (mode === "navigate" && method === "GET") event.respondWith(fetched(event));
});

worker.addEventListener("push", (event) => {
  const news = newsOf(event.data?.text());
  if (news) event.waitUntil(show(news));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(linkOf(event.notification.data, worker.location.origin)));
});

async function keepOffline(): Promise<void> {
  const kept = await caches.open(OFFLINE);
  await kept.add(new Request(OFFLINE, { cache: "reload", credentials: "omit" }));
}

async function fetched(event: Asked): Promise<Response> {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    const page = await (await caches.open(OFFLINE)).match(OFFLINE, { ignoreVary: true });
    if (!page) throw error;
    return page;
  }
}

/** The same notice twice (a retry) has one tag, and so is shown once. */
async function show({ title, body, tag, lang, link }: News): Promise<void> {
  await worker.registration.showNotification(title, {
    body,
    tag,
    lang,
    data: link,
    icon: "/site/0/icon-192.png",
    badge: "/static/icons/badge.png",
  });
}

/** A page that is there already comes to the front; a talk that goes on is never left. */
async function open(url: string): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => page.url === url);
  await (there ? there.focus() : worker.clients.openWindow(url));
}

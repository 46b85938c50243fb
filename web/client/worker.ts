// The service worker: shows what the site has to tell, and opens where it leads. It keeps no page
// and answers no request: what is private stays on the server.
import { linkOf, type News, newsOf } from "./parts/news.ts";

interface Waits extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface PushNews extends Waits {
  data: { text(): string } | null;
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
  addEventListener(name: "install", listener: (event: Waits) => void): void;
  addEventListener(name: "push", listener: (event: PushNews) => void): void;
  addEventListener(name: "notificationclick", listener: (event: Pressed) => void): void;
}

const worker = self as unknown as Worker;

// Nothing of an older worker is worth waiting for.
worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));

worker.addEventListener("push", (event) => {
  const news = newsOf(event.data?.text());
  if (news) event.waitUntil(show(news));
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(linkOf(event.notification.data, worker.location.origin)));
});

/** The same notice twice (a retry) has one tag, and so is shown once. */
async function show({ title, body, tag, lang, link }: News): Promise<void> {
  await worker.registration.showNotification(title, {
    body,
    tag,
    lang,
    data: link,
    icon: "/static/icons/icon-192.png",
    badge: "/static/icons/badge.png",
  });
}

/** A page that is there already comes to the front; a talk that goes on is never left. */
async function open(url: string): Promise<void> {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((page) => page.url === url);
  await (there ? there.focus() : worker.clients.openWindow(url));
}

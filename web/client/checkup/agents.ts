// What a browser says it is. It chooses the advice, never what is tried.

export type Version = readonly [major: number, minor: number];

export interface Agent {
  /** As browsers.json names it; null for others. */
  name: string | null;
  system: string | null;
  /** Of the browser; on an iPhone or iPad of the system, whose browser all of them share. */
  version: Version;
  /** The app in whose own window the page stands: `line` is one that can be left by a link. */
  app: "line" | "app" | null;
}

const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPod/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/CrOS/, "ChromeOS"],
  [/Windows/, "Windows"],
  [/Macintosh/, "Mac"],
  [/Linux/, "Linux"],
];
// The first that is named wins: most browsers name others as well.
const BROWSERS: [RegExp, string | null][] = [
  [/(?:Edg|EdgA|EdgiOS)\/(\d+)\.(\d+)/, "Edge"],
  [/(?:OPR|SamsungBrowser|YaBrowser|Vivaldi)\/(\d+)\.(\d+)/, null],
  [/(?:Firefox|FxiOS)\/(\d+)\.(\d+)/, "Firefox"],
  [/(?:Chrome|CriOS)\/(\d+)\.(\d+)/, "Chrome"],
  [/Version\/(\d+)\.(\d+).*Safari\//, "Safari"],
];
const APPS =
  /Instagram|FBAN|FBAV|FB_IAB|Twitter|musical_ly|BytedanceWebview|KAKAOTALK|MicroMessenger|YJApp|GSA\/|; wv\)/;

export function agentOf(userAgent: string, touchPoints: number): Agent {
  const [browser, name] = BROWSERS.find(([mark]) => mark.test(userAgent)) ?? [/$^/, null];
  const system = systemOf(userAgent, touchPoints);
  const own = versionIn(userAgent, browser);
  return {
    name,
    system,
    version: isApples(system) ? systemVersion(userAgent, own) : own,
    app: / Line\//.test(userAgent) ? "line" : APPS.test(userAgent) ? "app" : null,
  };
}

/** A Mac has no touch screen: what says Mac and has one is an iPad. */
function systemOf(userAgent: string, touchPoints: number): string | null {
  const system = SYSTEMS.find(([mark]) => mark.test(userAgent))?.[1] ?? null;
  return system === "Mac" && touchPoints > 1 ? "iPad" : system;
}

export function isApples(system: string | null): boolean {
  return system === "iPhone" || system === "iPad";
}

/** An iPad that passes for a Mac doesn't tell its system's version; Safari's own is the same. */
function systemVersion(userAgent: string, own: Version): Version {
  const found = versionIn(userAgent, /OS (\d+)_(\d+)/);
  return found[0] > 0 && !/Macintosh/.test(userAgent) ? found : own;
}

function versionIn(text: string, mark: RegExp): Version {
  const [, major = "0", minor = "0"] = mark.exec(text) ?? [];
  return [Number(major), Number(minor)];
}

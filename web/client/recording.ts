// The page of a recording.

import { maybe } from "./dom.ts";
import { Player } from "./playback/player.ts";

const root = maybe(document, "player");
const spans = maybe(document, "spans")?.querySelectorAll<HTMLButtonElement>("[data-at]") ?? [];
if (root) new Player(root, [...spans]);

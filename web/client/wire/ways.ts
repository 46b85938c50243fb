// By which ways the connection of a pair is to be made, as far as it is known: what a join and the
// news say of the newest pair counts.
import type { Joined, MediaPath, PeerNews } from "../protocol.ts";

export interface Ways {
  path: MediaPath;
  ice_servers: RTCIceServer[];
  ice_transport_policy: RTCIceTransportPolicy;
}

export class NewestWays {
  #pair = -1;
  #ways: Ways | undefined;

  /** News without servers says nothing of the ways. */
  learn({ pair, path, ice_servers, ice_transport_policy }: Joined | PeerNews): void {
    if (!ice_servers || pair < this.#pair) return;
    this.#pair = pair;
    const before = this.#ways?.ice_transport_policy ?? "all";
    this.#ways = {
      path: path ?? "p2p",
      ice_servers,
      ice_transport_policy: ice_transport_policy ?? before,
    };
  }

  /** The ways of a pair. One that only a signal told of goes as the last did, if that was direct:
   * whoever may use all ways to the relay may hide from the other side. */
  of(pair: number): Ways | undefined {
    return pair <= this.#pair || this.#ways?.path === "p2p" ? this.#ways : undefined;
  }
}

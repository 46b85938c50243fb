// Tells a connection's senders how much each may take: the voice first, the picture what its step says.
import type { Kind } from "../devices/capture.ts";
import type { Step } from "./ladder.ts";

type Shares = Pick<
  RTCRtpEncodingParameters,
  "maxBitrate" | "scaleResolutionDownBy" | "priority" | "networkPriority"
>;

const VOICE: Shares = { priority: "high", networkPriority: "high" };

export class Shaping {
  #applied: Step | undefined;
  #busy = false;

  constructor(private readonly pc: RTCPeerConnection) {}

  /** Never rejects: what could not be said yet, while the two negotiate, is said the next time. */
  async apply(step: Step): Promise<void> {
    const lines = this.pc.getTransceivers();
    if (this.#busy || step === this.#applied || lines.length === 0) return;
    this.#busy = true;
    try {
      for (const { sender, receiver } of lines)
        await tell(sender, receiver.track.kind as Kind, step);
      this.#applied = step;
    } catch {
      // Closed meanwhile, or in the middle of an answer.
    } finally {
      this.#busy = false;
    }
  }
}

async function tell(sender: RTCRtpSender, kind: Kind, step: Step): Promise<void> {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (!encoding) throw new Error("not negotiated");
  Object.assign(encoding, kind === "audio" ? VOICE : picture(step));
  // A face that stutters says less than one that is blurred, and each frame is evidence.
  if (kind === "video") parameters.degradationPreference = "maintain-framerate";
  await sender.setParameters(parameters);
}

function picture({ kbit, smaller }: Step): Shares {
  return {
    maxBitrate: kbit * 1000,
    scaleResolutionDownBy: smaller,
    priority: "low",
    networkPriority: "low",
  };
}

// A track of silence, for who has no microphone: a line without any track would bring no evidence.

export function silence(context: AudioContext): MediaStreamTrack[] {
  const destination = context.createMediaStreamDestination();
  // A destination without a source sends nothing at all; a source of zeros sends silence.
  const zeros = new ConstantSourceNode(context, { offset: 0 });
  zeros.connect(destination);
  zeros.start();
  return destination.stream.getAudioTracks();
}

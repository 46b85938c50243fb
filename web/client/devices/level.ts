// How loud a microphone is, for the check before a talk.

/** Calls `show` with 0…1 about 15 times a second until the returned function is called. */
export function listen(stream: MediaStream, show: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  context.createMediaStreamSource(stream).connect(analyser);
  void context.resume();
  const samples = new Float32Array(analyser.fftSize);
  let shown = 0;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // −60 dB … 0 dB to 0 … 1, rising at once and falling softly, as ears expect.
    const level = Math.min(1, Math.max(0, 1 + Math.log10(power + 1e-9) / 6));
    shown = Math.max(level, shown * 0.8);
    show(shown);
  }, 66);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

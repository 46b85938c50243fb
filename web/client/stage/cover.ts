// Opens the stage over its page.

/** A phone rounds: what is hardly larger is not zoomed. */
const ZOOMED = 1.01;

export function cover(stage: HTMLElement): void {
  stage.hidden = false;
  document.body.classList.add("on-stage");
  // What lies under the stage is out of reach, for the keyboard too.
  let branch: Element = stage;
  while (branch.parentElement && branch !== document.body) {
    for (const sibling of branch.parentElement.children)
      if (sibling !== branch && sibling instanceof HTMLElement) sibling.inert = true;
    branch = branch.parentElement;
  }
  stage.tabIndex = -1;
  stage.focus({ preventScroll: true });
  for (const event of ["resize", "scroll"])
    visualViewport?.addEventListener(event, () => fit(stage.style, visualViewport));
}

type Seen = Pick<VisualViewport, "height" | "offsetTop" | "scale">;

/**
 * Lays the stage where the page can be seen: a phone's keyboard covers it without telling its layout,
 * and moves what is seen of it. Under two fingers less is seen as well, and nothing may move.
 */
export function fit(style: Pick<CSSStyleDeclaration, "setProperty">, seen: Seen | null): void {
  if (!seen?.height || seen.scale > ZOOMED) return;
  style.setProperty("--stage-height", `${Math.round(seen.height)}px`);
  style.setProperty("--stage-top", `${Math.round(seen.offsetTop)}px`);
}

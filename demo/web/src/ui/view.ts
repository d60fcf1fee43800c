/** A part of the page. */
export interface View {
  readonly element: HTMLElement;
  /** Ends its timers and whatever else it listens to. */
  dispose(): void;
}

/** Puts a view into a place instead of the one before. */
export class Stage {
  readonly #place: HTMLElement;
  #shown: View | undefined;

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  show(view: View): void {
    this.#shown?.dispose();
    this.#shown = view;
    this.#place.replaceChildren(view.element);
  }
}

type Child = Node | string | false | undefined;

type Props<E> = { readonly [K in keyof E]?: E[K] };

/** An element with properties (`className`, `onclick`) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props<HTMLElementTagNameMap[K]>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), props);
  made.append(...children.filter((child) => child !== false && child !== undefined));
  return made;
}

/** The same, with a class alone. */
export function div(className: string, ...children: readonly Child[]): HTMLDivElement {
  return element("div", { className }, ...children);
}

export function span(className: string, text = ""): HTMLSpanElement {
  return element("span", { className, textContent: text });
}

/** A button that can't be pressed again while what it does runs. What that rejects with goes to `onError`. */
export function button(
  {
    label,
    className = "",
    onError,
  }: { readonly label: string; readonly className?: string; readonly onError: (error: unknown) => void },
  work: () => Promise<unknown>,
): HTMLButtonElement {
  const made = element("button", { className: `button ${className}`, textContent: label, type: "button" });
  made.onclick = async () => {
    made.disabled = true;
    try {
      await work();
    } catch (error) {
      onError(error);
    } finally {
      made.disabled = false;
    }
  };
  return made;
}

/** One thing that a document says, and where the guide says it. White space counts once, and emphasis not at all. */
export type Statement =
  | { readonly heading: string }
  | {
      readonly document: string;
      readonly guide: string | readonly string[];
      /** What the guide must not repeat. */
      readonly notTheGuide?: string;
    };

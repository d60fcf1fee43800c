/** A row that goes along with its actor, as the store had confirmed it to the owner before. */
export interface MovedRow {
  readonly table: string;
  /** `EntityDefinition.layout` of the app that it comes from. */
  readonly layout: string;
  readonly version: bigint;
  readonly entity: Uint8Array;
}

/** A case of the corpus as it is made: the folder `corpus/NAME` gets the input, a README and, once judged, expected.json. */
export interface CorpusCase {
  /** Folder. A rule's own case has the rule's id, its near miss the id and `-near-miss`. */
  readonly name: string;
  /** First line of the README: what the case is. */
  readonly title: string;
  /** Such as `input.vars`; detection never looks at it. */
  readonly file: string;
  readonly bytes: () => Uint8Array;
  /** Date by which validity is judged. */
  readonly asOf?: string;
  /** `test`: the certificates of test-microsoft.ts play the well-known ones, which the project may not carry. */
  readonly knowledge?: "test";
  /** The disks of the export are read as well. */
  readonly boot?: true;
}

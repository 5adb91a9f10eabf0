/** The part of xml2js that reads. Its own types bring those of Node with them, which the core does without. */
declare module "xml2js/lib/parser.js" {
  export class Parser {
    constructor(options: {
      readonly attrkey: string;
      readonly charkey: string;
      readonly xmlns: boolean;
      readonly explicitArray: boolean;
      readonly tagNameProcessors: readonly ((name: string) => string)[];
    });
    /** Both are called before it returns. */
    parseString(text: string, done: (error: Error | null, result: unknown) => void): void;
  }
}

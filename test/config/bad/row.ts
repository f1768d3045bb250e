/** A sentence, a file, and each line that is said about it, without the file's name. */
export type BadFile = readonly [title: string, yaml: string, ...messages: string[]];

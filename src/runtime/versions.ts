/** What we run on. */

export const NODE_VERSION: string = process.versions.node;

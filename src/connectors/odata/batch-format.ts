/** How a batch travels: as parts of a MIME message, or as one JSON document. */
export type BatchFormat = 'multipart' | 'json';

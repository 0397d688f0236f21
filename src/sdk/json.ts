/** JSON as connectors read and write it: the core's, whose numbers keep every digit. */
export { parseJson, printJson } from '../core/json.ts';

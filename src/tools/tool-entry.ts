/** The file that the threads of a pool run. */
import { extname } from 'node:path'

/** From the same build as this module. */
export const TOOL_ENTRY = new URL(`../../workers/tool${extname(import.meta.url)}`, import.meta.url)

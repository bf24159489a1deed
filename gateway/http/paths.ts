// Paths that answers tell to clients.

/** Where GET has the bundle of a hash. */
export const bundlePath = (hash: string): string => `/bundles/${hash}.safetensors`;

/** Where PUT takes the bytes of an upload ticket. */
export const uploadPath = (ticket: string): string => `/uploads/${ticket}`;

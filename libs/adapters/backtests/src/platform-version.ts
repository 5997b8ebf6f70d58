/** Version of the platform's own code as far as it decides what a run does: a run of another version is another run. */
export const PLATFORM_VERSION = '0.1.0';

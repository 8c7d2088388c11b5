/** Why a server could not be entered: the `reason`s of this folder's failures. */

/** `retryable`: nobody answers there yet, or what answers does not speak the protocol. */
export const NOT_ANSWERING = 'not-answering';
/** `retryable`: it answers, but does not take these credentials (yet: first boot may not have set them). */
export const CREDENTIALS_REFUSED = 'credentials-refused';
/** `retryable`: the login works, but what comes after it does not, or no login is asked for where one should be. */
export const SESSION_UNUSABLE = 'session-unusable';
/** `retryable`: a service inside the server does not do what it should (yet). */
export const SERVICE_NOT_READY = 'service-not-ready';
/** `needs-a-human`: it proves another identity than the one known. */
export const IDENTITY_CHANGED = 'identity-changed';
/** `needs-a-human`: the server does not let its password be changed. */
export const PASSWORD_CHANGE_REFUSED = 'password-change-refused';
/** `refused`: the password has a form that not every system on the way takes unharmed. */
export const BAD_PASSWORD = 'bad-password';
/** `refused`: the plan's extra first-boot data cannot be merged. */
export const BAD_CLOUD_INIT = 'bad-cloud-init';

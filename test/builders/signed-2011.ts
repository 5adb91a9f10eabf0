/**
 * A program that is signed by a certificate with the name of Microsoft's of 2011. Test key: made for this purpose, and thrown away;
 * `PROGRAM_2011` is `makeProgram(2)` with this table of certificates behind it.
 */
import { makeProgram, withCertificateTable } from "./boot-disk.ts";

const bytes = (lines: readonly string[]): Uint8Array => new Uint8Array(Buffer.from(lines.join(""), "base64"));

export const NAMED_PCA_2011: Uint8Array = bytes([
  "MIIB6TCCAVKgAwIBAgIBATANBgkqhkiG9w0BAQsFADAwMS4wLAYDVQQDDCVNaWNyb3NvZnQgV2luZG93cyBQcm9kdWN0aW9uIFBD",
  "QSAyMDExMB4XDTAxMDEwMTAwMDAwMFoXDTAyMDEwMTAwMDAwMFowMDEuMCwGA1UEAwwlTWljcm9zb2Z0IFdpbmRvd3MgUHJvZHVj",
  "dGlvbiBQQ0EgMjAxMTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAx8ZxWuBj2sHFht1fz09tWS1fCSNeaXrVjIxCB/pAXpYY",
  "eFASyiXoSQWVatTdmKHZqu04VrtBLjkYvhBOPErRleE4Xlhc4yBAaoeYjdr66o7himhXSQ93vSsz8wxhyzzcJvCvNcmgy4cWSF5W",
  "NGb1fVzeMw4bNfH6pdSY6vyp+sUCAwEAAaMTMBEwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOBgQBxSZYYyon7KmPL",
  "QU/crVNUiZdcm7uq6ybke4AbrcsWUyaezX+ZhddJmItLMM2f4vzCjJh7S0N1Sqlvoad700batqTkODkdVOL/eyJrrRQWFW2XK97/",
  "t5JghQsawuNRPo22/pG4+inznuvu7fj5DFek1gXZTWeRqQXYQbogKn8Oxg==",
]);

export const PROGRAM_2011: Uint8Array = withCertificateTable(
  makeProgram(2),
  bytes([
    "sAMAAAACAgAwggOeBgkqhkiG9w0BBwKgggOPMIIDiwIBATEPMA0GCWCGSAFlAwQCAQUAMFMGCisGAQQBgjcCAQSgRTBDMA4GCisG",
    "AQQBgjcCAQ8wADAxMA0GCWCGSAFlAwQCAQUABCCI8bgn0/RUoNt6o6CeRNZvhQBYfBCUwvlmvxZAtUMp+6CCAe0wggHpMIIBUqAD",
    "AgECAgEBMA0GCSqGSIb3DQEBCwUAMDAxLjAsBgNVBAMMJU1pY3Jvc29mdCBXaW5kb3dzIFByb2R1Y3Rpb24gUENBIDIwMTEwHhcN",
    "MDEwMTAxMDAwMDAwWhcNMDIwMTAxMDAwMDAwWjAwMS4wLAYDVQQDDCVNaWNyb3NvZnQgV2luZG93cyBQcm9kdWN0aW9uIFBDQSAy",
    "MDExMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDHxnFa4GPawcWG3V/PT21ZLV8JI15petWMjEIH+kBelhh4UBLKJehJBZVq",
    "1N2Yodmq7ThWu0EuORi+EE48StGV4TheWFzjIEBqh5iN2vrqjuGKaFdJD3e9KzPzDGHLPNwm8K81yaDLhxZIXlY0ZvV9XN4zDhs1",
    "8fql1Jjq/Kn6xQIDAQABoxMwETAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4GBAHFJlhjKifsqY8tBT9ytU1SJl1yb",
    "u6rrJuR7gButyxZTJp7Nf5mF10mYi0swzZ/i/MKMmHtLQ3VKqW+hp3vTRtq2pOQ4OR1U4v97ImutFBYVbZcr3v+3kmCFCxrC41E+",
    "jbb+kbj6KfOe6+7t+PkMV6TWBdlNZ5GpBdhBuiAqfw7GMYIBLTCCASkCAQEwNTAwMS4wLAYDVQQDDCVNaWNyb3NvZnQgV2luZG93",
    "cyBQcm9kdWN0aW9uIFBDQSAyMDExAgEBMA0GCWCGSAFlAwQCAQUAoEwwGQYJKoZIhvcNAQkDMQwGCisGAQQBgjcCAQQwLwYJKoZI",
    "hvcNAQkEMSIEIDFwDmSc4NeQ7GyzPVx80TheDtqWegKZrFHHuaaxwWjuMA0GCSqGSIb3DQEBAQUABIGAlaCpHrJVRhFSJEHfpsER",
    "6MuVpvH49/aSUSdLAW0IJbY3XQjejGl1G1UDJojLjtoXSsagz2Z97hP3d3Y8cGaQjr+jyEgG2R+xv0RF4E5U2QYsqn7sX6lSOsWp",
    "UtU+pvst9sJACWdHx62MVXyl3Nl+i/vGHU4R4jWAhEnPhUfNVsUAAAAAAAA=",
  ]),
);

{{- define "full" -}}
{{ .Release.Name | contains "kube-prometheus-stack" | ternary .Release.Name (printf "%s-kube-prometheus-stack" .Release.Name) | trunc 26 | trimSuffix "-" }}
{{- end }}

{{- /* A selector of the operator's: everything, or this release's own, as the real chart's values say. */}}
{{- define "selector" -}}
{{ .helm | ternary (dict "matchLabels" (dict "release" .release)) dict | toJson }}
{{- end }}

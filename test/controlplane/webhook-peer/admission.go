package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

// Keys that a ServiceImport must not get from an export.
var reservedDomains = []string{
	"kubernetes.io", "multicluster.kubernetes.io", "multicluster.x-k8s.io", "endpointslice.kubernetes.io",
	"service.kubernetes.io", "kubectl.kubernetes.io", "clusterset-apiserver.dev",
}

// exportRules judges what can be judged of one export by itself, as our own rules do.
type exportRules struct {
	decoder admission.Decoder
}

func (rules exportRules) Handle(_ context.Context, request admission.Request) admission.Response {
	export := &v1beta1.ServiceExport{}
	if err := rules.decoder.Decode(request, export); err != nil {
		return admission.Errored(http.StatusBadRequest, err)
	}
	faults := judge(export)
	if len(faults) == 0 {
		return admission.Allowed("")
	}
	return admission.Denied(fmt.Sprintf("ServiceExport %q is invalid: %v", export.Name, faults.ToAggregate()))
}

func judge(export *v1beta1.ServiceExport) field.ErrorList {
	var faults field.ErrorList
	for _, message := range validation.IsDNS1123Label(export.Name) {
		faults = append(faults, field.Invalid(field.NewPath("metadata", "name"), export.Name, message))
	}
	if export.Namespace == "kube-system" || export.Namespace == "kube-public" || export.Namespace == "kube-node-lease" {
		faults = append(faults, field.Forbidden(field.NewPath("metadata", "namespace"), "not exported by policy"))
	}
	labels, annotations := field.NewPath("spec", "exportedLabels"), field.NewPath("spec", "exportedAnnotations")
	faults = append(faults, metav1validation.ValidateLabels(export.Spec.ExportedLabels, labels)...)
	faults = append(faults, apivalidation.ValidateAnnotations(export.Spec.ExportedAnnotations, annotations)...)
	faults = append(faults, reserved(export.Spec.ExportedLabels, labels)...)
	return append(faults, reserved(export.Spec.ExportedAnnotations, annotations)...)
}

func reserved(entries map[string]string, path *field.Path) field.ErrorList {
	var faults field.ErrorList
	for key := range entries {
		domain, _, hasDomain := strings.Cut(key, "/")
		for _, one := range reservedDomains {
			if hasDomain && domain == one {
				faults = append(faults, field.Forbidden(path.Key(key), "the key is reserved"))
			}
		}
	}
	return faults
}

package main

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/webhook/conversion"
	"sigs.k8s.io/mcs-api/pkg/apis/v1alpha1"
	"sigs.k8s.io/mcs-api/pkg/apis/v1beta1"
)

func importConverter(scheme *runtime.Scheme) (conversion.Converter, error) {
	return conversion.NewHubSpokeConverter(&v1beta1.ServiceImport{},
		conversion.NewSpokeConverter(&v1alpha1.ServiceImport{}, toAlpha1, fromAlpha1),
		conversion.NewSpokeConverter(&RootServiceImport{}, toRoot, fromRoot),
	)(scheme)
}

func toAlpha1(_ context.Context, src *v1beta1.ServiceImport, dst *v1alpha1.ServiceImport) error {
	dst.ObjectMeta = src.ObjectMeta
	dst.Spec = v1alpha1.ServiceImportSpec{
		Ports:                 mapped(src.Spec.Ports, func(port v1beta1.ServicePort) v1alpha1.ServicePort { return v1alpha1.ServicePort(port) }),
		IPs:                   src.Spec.IPs,
		Type:                  v1alpha1.ServiceImportType(src.Spec.Type),
		SessionAffinity:       src.Spec.SessionAffinity,
		SessionAffinityConfig: src.Spec.SessionAffinityConfig,
		IPFamilies:            src.Spec.IPFamilies,
		InternalTrafficPolicy: src.Spec.InternalTrafficPolicy,
		TrafficDistribution:   src.Spec.TrafficDistribution,
	}
	dst.Status = v1alpha1.ServiceImportStatus{
		EndpointSliceObjects: v1alpha1.EndpointSliceObjectsStatus(src.Status.EndpointSliceObjects),
		Clusters:             mapped(src.Status.Clusters, func(one v1beta1.ClusterStatus) v1alpha1.ClusterStatus { return v1alpha1.ClusterStatus(one) }),
		Conditions:           src.Status.Conditions,
	}
	return nil
}

func fromAlpha1(_ context.Context, src *v1alpha1.ServiceImport, dst *v1beta1.ServiceImport) error {
	dst.ObjectMeta = src.ObjectMeta
	dst.Spec = v1beta1.ServiceImportSpec{
		Ports:                 mapped(src.Spec.Ports, func(port v1alpha1.ServicePort) v1beta1.ServicePort { return v1beta1.ServicePort(port) }),
		IPs:                   src.Spec.IPs,
		Type:                  v1beta1.ServiceImportType(src.Spec.Type),
		SessionAffinity:       src.Spec.SessionAffinity,
		SessionAffinityConfig: src.Spec.SessionAffinityConfig,
		IPFamilies:            src.Spec.IPFamilies,
		InternalTrafficPolicy: src.Spec.InternalTrafficPolicy,
		TrafficDistribution:   src.Spec.TrafficDistribution,
	}
	dst.Status = v1beta1.ServiceImportStatus{
		EndpointSliceObjects: v1beta1.EndpointSliceObjectsStatus(src.Status.EndpointSliceObjects),
		Clusters:             mapped(src.Status.Clusters, func(one v1alpha1.ClusterStatus) v1beta1.ClusterStatus { return v1beta1.ClusterStatus(one) }),
		Conditions:           src.Status.Conditions,
	}
	return nil
}

func toRoot(_ context.Context, src *v1beta1.ServiceImport, dst *RootServiceImport) error {
	dst.ObjectMeta = src.ObjectMeta
	dst.Ports, dst.IPs, dst.Type = src.Spec.Ports, src.Spec.IPs, src.Spec.Type
	dst.SessionAffinity, dst.SessionAffinityConfig = src.Spec.SessionAffinity, src.Spec.SessionAffinityConfig
	dst.IPFamilies, dst.InternalTrafficPolicy = src.Spec.IPFamilies, src.Spec.InternalTrafficPolicy
	dst.TrafficDistribution = src.Spec.TrafficDistribution
	dst.EndpointSliceObjects, dst.Clusters = src.Status.EndpointSliceObjects, src.Status.Clusters
	dst.Conditions = src.Status.Conditions
	return nil
}

func fromRoot(_ context.Context, src *RootServiceImport, dst *v1beta1.ServiceImport) error {
	dst.ObjectMeta = src.ObjectMeta
	dst.Spec = v1beta1.ServiceImportSpec{
		Ports:                 src.Ports,
		IPs:                   src.IPs,
		Type:                  src.Type,
		SessionAffinity:       src.SessionAffinity,
		SessionAffinityConfig: src.SessionAffinityConfig,
		IPFamilies:            src.IPFamilies,
		InternalTrafficPolicy: src.InternalTrafficPolicy,
		TrafficDistribution:   src.TrafficDistribution,
	}
	dst.Status = v1beta1.ServiceImportStatus{
		EndpointSliceObjects: src.EndpointSliceObjects,
		Clusters:             src.Clusters,
		Conditions:           src.Conditions,
	}
	return nil
}

func mapped[A, B any](items []A, convert func(A) B) []B {
	if items == nil {
		return nil
	}
	converted := make([]B, len(items))
	for index, item := range items {
		converted[index] = convert(item)
	}
	return converted
}
